Option Explicit

Private WithEvents host As Application

Private Sub Workbook_Open()
    Set host = Application
    PortfolioRegister
End Sub

Private Sub host_WorkbookOpen(ByVal Wb As Workbook)
    PortfolioRelink Wb
End Sub

Private Sub host_WorkbookActivate(ByVal Wb As Workbook)
    PortfolioRegister
    PortfolioRedraw
End Sub

Private Sub host_WorkbookDeactivate(ByVal Wb As Workbook)
    PortfolioRedraw
End Sub
