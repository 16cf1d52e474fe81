"""The page on which people rate and compare sessions in a browser, and watch a collection run.

The same desk as in the terminal (`scoring.rating`) behind a few JSON answers; what the browser shows stands in
`static/`, written by hand. `app.py` puts the parts together, `server.py` runs them.
"""
