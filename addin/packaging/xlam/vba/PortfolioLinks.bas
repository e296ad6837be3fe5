Attribute VB_Name = "PortfolioLinks"
Option Explicit
Option Private Module
' A workbook that was made elsewhere may call our functions in an add-in of another folder. Which formulas are mended,
' and how, is decided in Python; here is only seen whether there can be any, so that no other workbook waits for Python.

Private Const EXCEL_LINKS As Long = 1

Public Sub PortfolioRelink(ByVal opened As Workbook)
    Dim python As Object, done As Object
    On Error GoTo silent
    If Not opened.IsAddin And PortfolioIsLinked(opened) Then
        Set python = PortfolioPython()
        Set done = python.Call(python.Module("addin.udfs"), "relink", python.Tuple(opened))
    End If
silent:
    ' Opening a workbook is no moment for our messages: what could not be mended shows in its cells.
End Sub

Private Function PortfolioIsLinked(ByVal opened As Workbook) As Boolean
    ' Only a workbook of ours, with the name PF_RUN, that is linked to an add-in with our file's name.
    Dim run As Object, links As Variant, link As Variant
    On Error GoTo none
    Set run = opened.Names("PF_RUN")
    links = opened.LinkSources(EXCEL_LINKS)
    If IsEmpty(links) Then Exit Function
    For Each link In links
        If LCase$(Right$(link, 14)) = "portfolio.xlam" Then PortfolioIsLinked = True
    Next link
none:
End Function
