"""What ``fluxhound doctor`` looks at, one file for each part."""
