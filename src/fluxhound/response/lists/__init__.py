"""Block lists as files, for resolvers, filters and firewalls that take no policy zones."""
