"""What to build, where and when: candidates ranked, the five-year plan, what it is used for later (docs/method/plan.md)."""
