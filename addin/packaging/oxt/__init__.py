"""The extension for LibreOffice Calc (.oxt): texts and menu from the register and the ribbon, with the bridge that runs in Calc."""
