"""Links: codes, quota, storage and the API over them."""
