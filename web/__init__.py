"""The Flask application that composes kb, qa and exams."""
