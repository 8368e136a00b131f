"""Entry points: one module for each trigger; event in, one workflow call, answer out."""
