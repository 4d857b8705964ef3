"""Quality assurance: rubrics, scores, recordings (built on ``kb``, never on ``exams``).

rubric = qa.rubric_read.read(Path("rubric.json"))
result = qa.score.score(rubric, {"greeting": "yes", "silence": 12})
figures = qa.measuring.measure_audio(Path("call.wav"), agent="right")
agreed = qa.agreement.agreement(qa.ratings.read(Path("ratings.csv")))
"""
