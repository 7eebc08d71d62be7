"""HTTP: what the service says about itself and its findings, and a way in for observations."""
