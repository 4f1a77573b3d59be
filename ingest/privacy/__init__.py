"""What the gateway does for pupils: their fields are sealed before an event is framed."""
