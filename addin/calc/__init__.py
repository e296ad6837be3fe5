"""The worksheet functions in LibreOffice Calc: everything that the extension (.oxt) is made of."""
