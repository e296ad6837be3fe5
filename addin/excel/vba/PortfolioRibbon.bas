Attribute VB_Name = "PortfolioRibbon"
Option Explicit
' What the ribbon calls. Every button comes here; what it does is a function in Python, found by the button's name.

Public Sub PortfolioPress(control As IRibbonControl)
    Dim python As Object, done As Object, pressed As Workbook
    Set pressed = ActiveWorkbook
    If pressed Is Nothing Then
        MsgBox PortfolioText("ribbon.no_workbook"), vbInformation, PortfolioText("ribbon.title")
        Exit Sub
    End If
    On Error GoTo failed
    Set python = PortfolioPython()
    Set done = python.Call(python.Module("addin.udfs"), "press", python.Tuple(control.Id, pressed))
    Exit Sub
failed:
    Resume tidy
tidy:
    ' A server that died would fail at every press; this way the next press starts another.
    On Error Resume Next
    PortfolioStopServer
    Application.StatusBar = False
    MsgBox PortfolioText("ribbon.failed"), vbExclamation, PortfolioText("ribbon.title")
End Sub

Public Sub PortfolioLabel(control As IRibbonControl, ByRef label As Variant)
    label = PortfolioText("ribbon." & control.Id)
End Sub

Public Sub PortfolioTip(control As IRibbonControl, ByRef tip As Variant)
    tip = PortfolioText("ribbon." & control.Id & ".tip")
End Sub
