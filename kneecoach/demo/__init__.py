"""A demo clinic with six weeks of history, made in an empty database.

people: who they are and how each of them gets on. simulation: their days, through the services of real use.
"""
