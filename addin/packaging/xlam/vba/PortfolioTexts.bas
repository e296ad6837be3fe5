Attribute VB_Name = "PortfolioTexts"
Option Explicit
Option Private Module
' The words that people read. They live on this add-in's sheet "texts" (key, Japanese, English), because a module
' can hold only the characters of one code page.

Private Const JAPANESE_LCID As Long = 1041
Private Const UI_LANGUAGE As Long = 2

Private language As String
Private registered As Boolean

Public Function PortfolioLanguage() As String
    ' "ja" or "en": what the user's configuration file says, else the language of Excel's own menus.
    Dim chosen As String
    If Len(language) = 0 Then
        language = IIf(Application.LanguageSettings.LanguageID(UI_LANGUAGE) = JAPANESE_LCID, "ja", "en")
        If GetConfigFromFile(GetConfigFilePath(), "LANGUAGE", chosen) Then
            language = IIf(LCase$(chosen) = "en", "en", "ja")
        End If
    End If
    PortfolioLanguage = language
End Function

Public Function PortfolioText(ByVal key As String) As String
    Dim texts As Worksheet, found As Variant
    Set texts = ThisWorkbook.Worksheets("texts")
    found = Application.Match(key, texts.Columns(1), 0)
    If Not IsError(found) Then
        PortfolioText = texts.Cells(found, IIf(PortfolioLanguage() = "ja", 2, 3)).Value
    End If
End Function

Public Sub PortfolioRegister()
    ' Gives every function its help in the function wizard, which is not kept in the file. Excel refuses while no
    ' workbook is visible, as at its start; ThisWorkbook then asks again with each workbook that comes to the front.
    If registered Then Exit Sub
    On Error GoTo later
    PortfolioDescribeAll
    registered = True
later:
End Sub

Public Sub PortfolioDescribe(ByVal functionName As String, ByVal arguments As Long)
    Dim help() As Variant, position As Long
    ReDim help(1 To arguments)
    For position = 1 To arguments
        help(position) = PortfolioText(functionName & "." & position)
    Next position
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & functionName, _
        Description:=PortfolioText(functionName), Category:=PortfolioText(functionName & ".category"), _
        ArgumentDescriptions:=help
End Sub
