Attribute VB_Name = "PortfolioRibbon"
Option Explicit
' What the ribbon calls. Every button comes here; what it does is a function in Python, found by the button's name.

Private shown As IRibbonUI

Public Sub PortfolioLoaded(ribbon As IRibbonUI)
    Set shown = ribbon
End Sub

Public Sub PortfolioRedraw()
    ' Lets Excel ask again which buttons can be pressed. The other callbacks are asked, too, and answer as before.
    If Not shown Is Nothing Then shown.Invalidate
End Sub

Public Sub PortfolioPress(control As IRibbonControl)
    Dim python As Object, done As Object, pressed As Workbook
    Set pressed = ActiveWorkbook
    If pressed Is Nothing Then
        If PortfolioText("ribbon." & control.Id & ".needs") <> "nothing" Then
            MsgBox PortfolioText("ribbon.no_workbook"), vbInformation, PortfolioText("ribbon.title")
            Exit Sub
        End If
        Set pressed = Workbooks.Add ' an answer needs a place to be shown
    End If
    On Error GoTo failed
    PortfolioWait True
    Set python = PortfolioPython()
    Set done = python.Call(python.Module("addin.udfs"), "press", python.Tuple(control.Id, pressed))
    PortfolioWait False
    PortfolioRedraw
    Exit Sub
failed:
    Resume tidy
tidy:
    ' A server that died would fail at every press; this way the next press starts another.
    On Error Resume Next
    PortfolioWait False
    PortfolioStopServer
    Application.StatusBar = False
    MsgBox PortfolioText("ribbon.failed"), vbExclamation, PortfolioText("ribbon.title")
    PortfolioRedraw
End Sub

Public Sub PortfolioEnabled(control As IRibbonControl, ByRef enabled As Variant)
    ' A button says what it needs: nothing, a workbook, or a workbook that has been scored.
    Select Case PortfolioText("ribbon." & control.Id & ".needs")
        Case "run"
            enabled = PortfolioHasRun(ActiveWorkbook)
        Case "book"
            enabled = Not ActiveWorkbook Is Nothing
        Case Else
            enabled = True
    End Select
End Sub

Public Function PortfolioHasRun(ByVal book As Workbook) As Boolean
    ' Whether the workbook's PF_RUN holds something; a name without cells, or no such name, is no run.
    Dim held As Variant
    On Error GoTo none
    held = book.Names("PF_RUN").RefersToRange.Cells(1, 1).Value
    PortfolioHasRun = Len(CStr(held)) > 0
none:
End Function

Public Sub PortfolioLabel(control As IRibbonControl, ByRef label As Variant)
    label = PortfolioText("ribbon." & control.Id)
End Sub

Public Sub PortfolioTip(control As IRibbonControl, ByRef tip As Variant)
    tip = PortfolioText("ribbon." & control.Id & ".tip")
End Sub
