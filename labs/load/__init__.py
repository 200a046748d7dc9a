"""Load by hand: what `lab spike` and `lab knee` are made of."""
