"""Training and exams: questions, papers, attempts (built on ``kb``, never on ``qa``)."""
