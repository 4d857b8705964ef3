"""Quality assurance: rubrics, scores, recordings (built on ``kb``, never on ``exams``)."""
