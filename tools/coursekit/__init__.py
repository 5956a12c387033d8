"""The machinery of chapters: one authored source in, a student's notebook, a solutions notebook and links out.

    source        chapters/NN_name.md → Chapter (header, cells, stubs and solutions)
    notebook      Chapter → notebook JSON, and the normal form that makes two executions the same bytes
    build         execute, write, or compare (`--check`)
    pages         navigation between chapters, the contents pages, minutes
    working_copy  my_course/: what a learner works in (standard library only)

docs/chapters.md tells authors what they need to know.
"""
