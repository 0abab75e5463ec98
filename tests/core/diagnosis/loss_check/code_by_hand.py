"""A LossCode made of a formula, as the reader would make it of code: for tests of what is said of it."""

from core.loss_code.loss_code import CodeRemark, LossCode, Part, Quantity, Reduction, Role
from core.model.formulas import read

KINDS = ("mean", "second", "third", "fourth")


def code(
    formula: str,
    names: tuple[str, ...] = (),
    outputs: tuple[str, ...] = ("mu", "s"),
    *,
    quantities: tuple[tuple[str, str], ...] = (),
    trained: str = "",
    remarks: tuple[CodeRemark, ...] = (),
    parts: tuple[tuple[float, str], ...] = (),
    reduction: Reduction | None = None,
) -> LossCode:
    """A formula in r, y and the outputs, whose `names` are the code's own; `quantities` are (name, formula)."""
    symbols = ("y", "r", *outputs)
    called = (*names, *outputs[len(names) :])
    tree = read(formula, symbols)
    found = [Quantity(name, text, read(text, symbols)) for name, text in quantities]
    known = {quantity.tree for quantity in found}
    for node in tree.walk():
        if node.of and node.names and node.names <= set(outputs) - {"mu"} and node not in known:
            known.add(node)
            found.append(Quantity("", "", node))
    return LossCode(
        source=formula,
        language="formula",
        framework="torch",
        function="",
        functions=(),
        tree=tree,
        trained=read(trained, symbols) if trained else None,
        outputs=outputs,
        roles=tuple(Role(name, kind) for name, kind in zip(called, KINDS, strict=False)),
        quantities=tuple(found),
        parts=tuple(Part(text, weight, read(text, symbols)) for weight, text in parts),
        reduction=reduction or Reduction(),
        remarks=remarks,
    )
