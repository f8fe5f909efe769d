# The image with another stylesheet, as an update brings it: what the checks update to. Says: docker build --build-arg
# IMAGE=… --build-arg MARK=… - <deploy/check_newer.Dockerfile
ARG IMAGE
FROM $IMAGE
ARG MARK
USER 0
RUN echo "/* $MARK */" >>static/kneecoach/css/site.css && rm -r staticfiles \
 && SECRET_KEY=for-collectstatic-only-never-a-real-key DATABASE_URL=postgresql://nobody@localhost/none \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001:10001
