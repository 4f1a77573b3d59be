"""Reading the store on behalf of a request."""
