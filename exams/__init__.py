"""Training and exams: questions, papers, attempts (built on ``kb``, never on ``qa``).

    from exams.grade import grade
    from exams.reading import read

    question = read({"key": "q1", "kind": "number", "stem": "保管____天",
                     "answer": {"value": 90, "unit": "天"}})
    grade(question, "九十日").as_dict()

``exams.stats`` counts scores, ``exams.formats`` reads and writes question files,
``exams.generate`` makes questions from articles. All of these are pure: no database, no clock,
no chance.
"""
