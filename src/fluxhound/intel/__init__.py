"""Other people's opinion, applied after the judgement of the detector."""
