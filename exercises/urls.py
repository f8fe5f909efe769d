"""Addresses of what a patient reads and practises."""

from django.urls import path

from exercises import views

app_name = "exercises"

urlpatterns = [
    path("learn/", views.learn, name="learn"),
    path("learn/find-the-muscle/", views.find_muscle, name="find-muscle"),
    path("learn/news/read/", views.put_news_away, name="news-put-away"),
    path("learn/<slug:key>/", views.stage, name="stage"),
]
