"""A demo clinic with six weeks of history, made in an empty database.

people: who they are and how each of them gets on. life: their days as plain facts, by seeded dice and the rules.
replay: the facts sent through the services of real use. simulation: the clinic.
"""
