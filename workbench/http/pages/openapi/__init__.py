"""The endpoint described for programs, as OpenAPI 3.1."""
