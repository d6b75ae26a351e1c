"""altmount: a Usenet virtual file system."""

__version__ = "0.1.0"
