"""What is looked up rather than computed: documents, figures, labels, and a page for people."""
