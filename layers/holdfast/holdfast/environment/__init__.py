"""The environment, one file a layer: what it is made of, and the questions that prove it.

A layer module has ``resources(spec, site)``, its lines with symbolic references, and ``probe(clients, spec, site)``,
what an independent look at AWS finds. Layers never import each other; they meet in references and in ``catalogue``.
"""
