"""Conversations of the token's principal; another's is not found."""

from fastapi import APIRouter

router = APIRouter(prefix="/v1", tags=["conversations"])
