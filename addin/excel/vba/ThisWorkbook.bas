Option Explicit

Private WithEvents host As Application

Private Sub Workbook_Open()
    Set host = Application
    PortfolioRegister
End Sub

Private Sub host_WorkbookActivate(ByVal Wb As Workbook)
    PortfolioRegister
End Sub
