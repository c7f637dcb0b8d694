"""What people look at: the review pages, rendered from a staged release."""
