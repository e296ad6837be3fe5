Attribute VB_Name = "PortfolioServer"
Option Explicit
Option Private Module
' The one Python process that answers every workbook.
'
' Not xlwings' own XLPy(): its command holds the path of the active workbook, which starts one Python process for each
' workbook, and its settings may come from a sheet or a folder of whatever workbook happens to be active. Here the
' command depends on the user's own configuration file and on nothing else.

Private Const LIBRARY_64 As String = "xlwings64-@XLWINGS_VERSION@.dll"
Private Const LIBRARY_32 As String = "xlwings32-@XLWINGS_VERSION@.dll"
Private Const NOT_INSTALLED As Long = &H80040201

Private Declare PtrSafe Function LoadLibraryW Lib "kernel32" (ByVal path As LongPtr) As LongPtr
Private Declare PtrSafe Function CoRegisterMessageFilter Lib "ole32" (ByVal filter As LongPtr, _
    ByRef previous As LongPtr) As Long

Private serverLine As String
Private excelsFilter As LongPtr

Public Function PortfolioPython() As Object
    ' Returns the server's COM object; starts Python when it does not run yet.
    Dim reply As Variant
    If Len(serverLine) = 0 Then
        LoadServerLibrary
        serverLine = ServerCommand()
    End If
    If XLPyDLLActivateAuto(reply, serverLine, 1) <> 0 Then
        Err.Raise NOT_INSTALLED, "PortfolioServer", "the server did not start"
    End If
    Set PortfolioPython = reply
End Function

Public Sub PortfolioStopServer()
    ' Ends a server that no longer answers; the next call starts a new one.
    Dim unused As Variant, ended As Long
    If Len(serverLine) > 0 Then ended = XLPyDLLActivateAuto(unused, serverLine, -1)
    serverLine = ""
End Sub

Public Sub PortfolioWait(ByVal patiently As Boolean)
    ' While a button works, Excel shall not ask every few seconds whether to go on waiting for another application.
    Dim unused As LongPtr, done As Long
    If patiently And excelsFilter = 0 Then
        done = CoRegisterMessageFilter(0, excelsFilter)
    ElseIf Not patiently And excelsFilter <> 0 Then
        done = CoRegisterMessageFilter(excelsFilter, unused)
        excelsFilter = 0
    End If
End Sub

Private Function ServerCommand() As String
    ' The quotes follow the rule of cmd.exe: one pair around the program, one around the whole.
    ServerCommand = "cmd.exe /K """"" & Interpreter() & """ -B -c ""import os;os.environ['PORTFOLIO_LANG']='" & _
        PortfolioLanguage() & "';import xlwings;xlwings.serve('$(CLSID)')"""""
End Function

Private Function Interpreter() As String
    Dim found As String
    If Not GetConfigFromFile(GetConfigFilePath(), "INTERPRETER_WIN", found) Then
        Err.Raise NOT_INSTALLED, "PortfolioServer", "no interpreter is configured"
    End If
    Interpreter = ExpandEnvironmentStrings(found)
End Function

Private Sub LoadServerLibrary()
    ' The library lies beside python.exe, or one folder above it in a virtual environment.
    Dim folder As String, library As String
    #If Win64 Then
        library = LIBRARY_64
    #Else
        library = LIBRARY_32
    #End If
    folder = ParentFolder(Interpreter())
    If Not LoadedFrom(folder & "\" & library) Then
        If Not LoadedFrom(ParentFolder(folder) & "\" & library) Then
            Err.Raise NOT_INSTALLED, "PortfolioServer", library & " was not found"
        End If
    End If
End Sub

Private Function LoadedFrom(ByVal path As String) As Boolean
    LoadedFrom = LoadLibraryW(StrPtr(path)) <> 0
End Function

Public Function PortfolioFailed() As String
    ' What a cell shows when Python could not be reached: never the error's own text, which may be a traceback.
    PortfolioFailed = PortfolioText("server.failed")
    If Len(PortfolioFailed) = 0 Then PortfolioFailed = "#PF"
End Function
