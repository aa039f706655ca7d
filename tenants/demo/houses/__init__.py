"""The invented houses: what they play, and of what names and places their customers are made. All of it is made up."""

from tenants.demo.houses.de_vaart import DE_VAART
from tenants.demo.houses.house import FJORDTONER, House, Series, Show
from tenants.demo.houses.lilla_scenen import LILLA_SCENEN
from tenants.demo.houses.storhuset import KINO, MUSIKK, STORHUSET, TEATER

HOUSES = (STORHUSET, LILLA_SCENEN, DE_VAART)

__all__ = ["DE_VAART", "FJORDTONER", "HOUSES", "KINO", "LILLA_SCENEN", "MUSIKK", "STORHUSET", "TEATER", "House", "Series", "Show"]
