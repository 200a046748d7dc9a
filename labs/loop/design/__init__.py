"""The design round: six timed steps, then the points of a strong answer with one's own figures."""
