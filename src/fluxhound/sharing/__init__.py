"""The finding document and its renderings: pure functions from findings to text.

For machines: ``document.render_jsonl``, ``document.render_json``, ``tabular.render_csv``.
For people: ``ticket.render_markdown``, ``report.page.render_html``, ``terminal.print_table``,
``explanation.print_explanation``, ``intake.print_inputs``. Back again: ``saved.read_saved``.
"""
