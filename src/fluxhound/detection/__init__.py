"""Profile to verdict, with the evidence for and against."""
