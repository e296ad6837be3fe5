"""The Excel add-in file (.xlam): VBA text, ribbon and package, built without Excel."""
