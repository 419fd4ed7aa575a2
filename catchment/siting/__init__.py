"""Sites for schools by exact solvers: p-median, sites with seats, plans over several years (docs/method/siting.md)."""
