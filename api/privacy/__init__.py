"""Pupils' sealed fields, opened for those who may, and erased for those who ask."""
