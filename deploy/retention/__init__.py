"""What is kept, what may go, and what a court or an inquiry holds back."""
