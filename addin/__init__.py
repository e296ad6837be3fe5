"""The faces in spreadsheets: worksheet functions and ribbon buttons over the engine, for Excel and for LibreOffice Calc."""
