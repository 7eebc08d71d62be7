"""Complete configuration for hidden primaries and resolvers, as ``respond setup`` writes it."""
