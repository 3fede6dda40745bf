"""One module a page. (Not ``pages``: Streamlit takes a folder of that name for scripts, and a link to one shows nothing.)"""
