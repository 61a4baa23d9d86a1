"""The frame path in processes of their own: a supervisor, its workers, and the calls between them."""
