"""From what a team already has (a model card, a Hub answer, a folder, an openness record) to a plan. Pure.

What a source says of itself is its saying: it becomes declared facts, never a claim, a capability or a size.
"""
