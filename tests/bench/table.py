"""Results as text."""


def number(value):
    """Three digits that count."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _rows(results, baseline, scenario, by_contender):
    for contender, values in by_contender.items():
        spread = f"({number(min(values))} .. {number(max(values))})" if len(values) > 1 else ""
        ratio = results.ratio(scenario, contender, baseline)
        yield f"  {contender:<16}{number(results.median(scenario, contender)):>11}  {spread:<24}" + (
            f"{ratio:7.2f} x {baseline}" if ratio and contender != baseline else "")


def _target(results, target):
    value = target.value(results)
    what = f"{target.contender}, {target.scenario}"
    if target.against:
        what += f", {target.against} / ours" if target.inverse else f", ours / {target.against}"
    said = "not measured" if value is None else f"{number(value) if value >= 100 else f'{value:.2f}'}"
    judged = "" if value is None else "met" if target.met(value) else "MISSED"
    return f"  {what:<52}{said:>14}  {target.relation} {target.bound:<10,g}{judged}"


def render(results, baseline, targets, machine):
    lines = [f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, Linux {machine['kernel']}, {machine['system']}",
             "; ".join(machine["programs"].values()), ""]
    for scenario, by_contender in results.samples.items():
        lines += [f"{scenario.title} [{scenario.unit}]{', more is better' if scenario.more_is_better else ''}",
                  *_rows(results, baseline, scenario, by_contender), ""]
    lines += ["targets", *(_target(results, target) for target in targets)]
    return "\n".join(line.rstrip() for line in lines) + "\n"
