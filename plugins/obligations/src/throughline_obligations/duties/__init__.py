"""The duties, each as a record with its authority, questions, steps, letters and exemptions."""

from throughline_obligations.duties import candour, children, cqc, others, work

DUTIES = (*candour.DUTIES, *cqc.DUTIES, *others.DUTIES, *children.DUTIES, *work.DUTIES)
