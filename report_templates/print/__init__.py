"""A view to HTML and PDF: templates, typefaces, figures, by WeasyPrint or an installed browser.

In: a view.
Out: bytes of HTML and PDF.
It must not know: whether they may be handed out: the gates say so.
"""
