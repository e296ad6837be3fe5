"""How documents reach people: a page for each account, mail with its ledger, the preview.

In: finished editions.
Out: files, mails and a page that follows your changes.
It must not know: what stands on a page.
"""
