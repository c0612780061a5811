"""The shell every page stands in: layout, components, navigation, error pages, headers and assets."""
