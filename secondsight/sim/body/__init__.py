"""A person's body: skeleton, gait, poses, clothing."""
