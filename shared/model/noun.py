"""What every noun is made of."""

from typing import Any, ClassVar

import msgspec


class Noun(msgspec.Struct, frozen=True):
    """A plain value.  What `private` names is no part of how it prints."""

    private: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        shown: dict[str, Any] = {
            name: getattr(self, name) for name in self.__struct_fields__ if name not in self.private
        }
        told = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"{type(self).__name__}({told})"
